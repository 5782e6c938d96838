"""Pages of clusters, runs, problems and known errors."""
