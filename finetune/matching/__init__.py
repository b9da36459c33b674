"""Whether two names mean one disease: how names are normalised, what may be left out of them, and what is no diagnosis."""
