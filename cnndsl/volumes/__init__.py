"""A network to its feature maps as boxes, drawn to scale, in the manner of the figures of LeNet and AlexNet."""
