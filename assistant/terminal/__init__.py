"""What a clinician sees on screen: views make lines of an assessment, the screen wraps and colours them."""
