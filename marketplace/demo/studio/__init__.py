"""Where the demo pictures are drawn; needed only to make them anew, never to run the site."""
