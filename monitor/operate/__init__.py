"""What the clock and the command line share: jobs, schedule, health."""
