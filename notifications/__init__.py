"""Who is told what, by which channel; nobody is told twice."""
