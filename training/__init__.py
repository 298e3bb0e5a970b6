"""Offline making and judging of models. Imports `inference`, never the portal."""
