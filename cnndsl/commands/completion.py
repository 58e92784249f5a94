"""Make a shell complete commands, options, files, nets and layers."""

from __future__ import annotations

from argparse import Namespace
from textwrap import shorten

from ..cells import clean
from ..options import VARIABLE, Parser, choice
from ..terminal import Terminal
from .candidates import candidates

EXAMPLES = (
    'eval "$(cnndsl completion bash)"                      in ~/.bashrc',
    'eval "$(cnndsl completion zsh)"                       in ~/.zshrc, behind compinit',
    "cnndsl completion fish > ~/.config/fish/completions/cnndsl.fish",
)
# Bash takes `:` and `=` for ends of words, so that only what is behind the last of them is replaced.
BASH = r"""_cnndsl() {
    local line=${COMP_LINE:0:COMP_POINT} piece=${COMP_WORDS[COMP_CWORD]} found=() one
    local -a words
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    [[ $piece == [:=] ]] && piece=
    local before=${words[-1]%"$piece"}
    mapfile -t found < <(VARIABLE=1 "$1" "${words[@]:1}" 2>/dev/null)
    COMPREPLY=()
    for one in "${found[@]}"; do
        one=${one%%$'\t'*}
        COMPREPLY+=("$(printf %q "${one#"$before"}")")
    done
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[/=:] ]] && compopt -o nospace
}
complete -o nosort -F _cnndsl cnndsl
"""
ZSH = r"""#compdef cnndsl
_cnndsl() {
    local -a open whole about_open about_whole
    local line word
    for line in "${(@f)$(VARIABLE=1 "${words[1]}" "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        word=${line%%$'\t'*}
        [[ -z $word ]] && continue
        [[ $line == *$'\t'* ]] && line="$word  (${line#*$'\t'})"
        if [[ $word == *[/=:] ]]; then open+=("$word") about_open+=("$line"); else whole+=("$word") about_whole+=("$line"); fi
    done
    (( $#open )) && compadd -S '' -V open -l -d about_open -- "${open[@]}"
    (( $#whole )) && compadd -V whole -l -d about_whole -- "${whole[@]}"
    return 0
}
if [[ $funcstack[1] == _cnndsl ]]; then _cnndsl "$@"; else compdef _cnndsl cnndsl; fi
"""
FISH = r"""function __cnndsl_complete
    set -l words (commandline -opc)
    set -lx VARIABLE 1
    $words[1] $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c cnndsl -f -a '(__cnndsl_complete)'
"""
ROOM = 72  # characters of what is said of a word
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def declare(parser: Parser) -> None:
    parser.add_argument("shell", metavar="SHELL", type=choice("SHELL", tuple(SCRIPTS)), help=", ".join(SCRIPTS))


def run(options: Namespace, terminal: Terminal) -> int:
    """The script of a shell; or, where a shell asks, a line for each word that may be meant."""
    if "shell" in options:
        terminal.emit(SCRIPTS[options.shell].replace("VARIABLE", VARIABLE))
        return 0
    for one in candidates(options.words):
        if one.word.isprintable():
            terminal.emit(f"{one.word}\t{shorten(clean(one.about), ROOM)}\n" if one.about else f"{one.word}\n")
    return 0
