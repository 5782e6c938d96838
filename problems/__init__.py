"""Problems, known errors and clusters of tickets that look like one cause."""
