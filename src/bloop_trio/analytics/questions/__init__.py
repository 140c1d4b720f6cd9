"""What is asked of the projection: for each insight one text of SQL, and what becomes of its rows."""
