"""People, organisations, teams, roles and how they sign in."""
