"""What developers' assistants may read and do here, over the Model Context Protocol."""
