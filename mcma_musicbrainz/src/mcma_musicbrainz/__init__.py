"""Empty until its issue: it will say what a recording is, by fingerprint (AcoustID) and MusicBrainz."""
