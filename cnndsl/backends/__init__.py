"""Networks to text: one target a file or package."""
