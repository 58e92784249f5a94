"""The published networks of `specs/`, held against torchvision and against what their papers print."""
