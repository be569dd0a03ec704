"""Guarded runs: write, audit, publish. A run is published whole or not at all, and the audit log can prove it."""
