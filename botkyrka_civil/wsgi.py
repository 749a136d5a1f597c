import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botkyrka_civil.settings")
application = get_wsgi_application()
