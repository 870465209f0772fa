"""The local stack: OpenSearch, Redis, the Celery worker, beat and the API as processes of one machine."""
