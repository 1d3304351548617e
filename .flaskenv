FLASK_APP=backoffice.app:create_app
