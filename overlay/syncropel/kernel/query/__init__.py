"""The filter language: JSON to a checked tree, the tree to SQL, SQL to rows."""
