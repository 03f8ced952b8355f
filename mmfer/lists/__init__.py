"""Files that say something of images: lists, tables, landmarks, read and written."""
