"""Automator receives webhooks, matches them against rules, acts, and explains every decision."""

__version__ = "0.1.0"
