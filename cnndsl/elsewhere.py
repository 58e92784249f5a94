"""What programs in other languages import, and why nothing of it is needed here."""

LIBRARIES = frozenset({"torch", "torchvision", "tensorflow", "keras", "numpy", "jax", "flax", "timm"})
NOTHING = (
    "nothing needs to be imported for layers",
    'PyTorch\'s are known by their names; other files are read by `from "file.cnn" import Name`',
)
