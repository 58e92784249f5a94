"""Figures of networks to charts."""
