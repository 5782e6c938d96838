"""Changes, what they touched, and the incidents they may have caused."""
