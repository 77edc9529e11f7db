"""The watcher: it holds real numbers against the declared stop triggers, and stops what crossed. It never resumes."""
