"""What stands between the server and the routes: bounds, quotas, and who may read the answers."""
