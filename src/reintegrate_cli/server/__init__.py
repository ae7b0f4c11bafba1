"""A vault in a PostgreSQL database. Nothing of it is loaded where the vault is a file."""
