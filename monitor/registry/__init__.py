"""What the ministry decides, as data: platforms, policies, clusters, frame, rates."""
