"""A name to torchvision's network of that name; its compiled operators, which no network here uses, are not needed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

FIXED = {"googlenet": {"init_weights": False}, "inception_v3": {"init_weights": False, "transform_input": False}}


@cache
def torchvision() -> ModuleType | None:
    """The package, also beside a torch that it was not compiled for; None where it is not installed."""
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        with suppress(RuntimeError):  # torchvision's own are there
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    try:
        import torchvision
    except (ImportError, RuntimeError):  # the second where its build is for quite another torch
        return None
    return torchvision  # type: ignore[no-any-return]


def built(name: str, heads: str | None = None) -> Any:
    """Torchvision's module on the meta device, in evaluation; `heads` is the parameter that adds the auxiliary ones."""
    package = torchvision()
    if package is None:
        pytest.skip("torchvision is not installed: pip install --no-deps torchvision==0.28.0 pillow")
    import torch

    options: dict[str, Any] = dict(FIXED.get(name, {}))
    if name in FIXED:
        options["aux_logits"] = False
    if package.models.get_model_builder(name).__module__.startswith("torchvision.models.segmentation"):
        options["weights_backbone"] = None
    if heads is not None:
        options[heads] = True
    with patch.object(torch.nn.Module, "register_parameter", hollow(torch.nn.Module.register_parameter)):
        return package.models.get_model(name, weights=None, **options).to("meta").eval()


def hollow(register: Callable[..., None]) -> Callable[..., None]:
    """Parameters without values; other tensors are left alone: RegNet computes its widths with some."""

    def registered(module: Any, name: str, parameter: Any) -> None:
        register(module, name, parameter if parameter is None else type(parameter)(parameter.to("meta"), parameter.requires_grad))

    return registered
