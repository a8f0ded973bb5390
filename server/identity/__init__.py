"""Accounts, login sessions, tokens, permissions: who is acting."""
