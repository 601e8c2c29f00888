"""One module a country, each with a MARKET."""
