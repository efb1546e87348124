"""Sentry: its issues and metrics come in by the webhooks of an internal integration."""
