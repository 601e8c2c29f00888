"""Pretend payment companies that speak the real wire protocols, as a server of their own."""
