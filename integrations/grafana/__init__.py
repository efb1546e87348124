"""Grafana: its alerts come in by a webhook contact point."""
