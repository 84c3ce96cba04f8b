"""The labelling pages."""
