"""Programs that tests of the commands run on."""

LENET = """\
# LeNet-5
net LeNet5(classes = 10) {
  input image: 1x32x32
  c1: Conv(6, 5)    -> Tanh -> AvgPool(2)
  c3: Conv(16, 5)   -> Tanh -> AvgPool(2)
  c5: Conv(120, 5)  -> Tanh -> Flatten
  f6: Linear(84)    -> Tanh
  out: Linear(classes)
  assert params == 61_706
}
"""

FAMILY = """\
net Base(width, classes = 10, act = ReLU, norm = false) {
  input image: 3x32x32
  conv: Conv(width, 3, padding=1) -> act  # cnndsl: ignore L012: a toy
  if norm { bn: BatchNorm }
  GlobalAvgPool -> Flatten
  fc: Linear(classes)
}
net Small = Base(8)
net Large = Base(width = 64) { assert params == 2442 }
"""

ONE = FAMILY.rsplit("net Large", 1)[0]  # a template, and one net that is complete

PAIR = """\
net Pair {
  input left: 3x16x16
  input right: 3x16x16
  add(left, right) -> conv: Conv(4, 3)
}
"""

OPEN = """\
net Open {
  input image: [3, H, W]
  conv: Conv(8, 3, stride=2)
}
"""

WRONG = """\
net Wrong {
  input image: 3x8x8
  a: Convv(8, 3)
  b: Conv(8, 3, strid=2)
}
"""

UNPARSED = """\
net Broken {
  input image: 3x8x8
  conv: Conv(8,, 3)
}
"""
