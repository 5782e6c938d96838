"""Services and components, who owns them in support and in development, and service levels."""
