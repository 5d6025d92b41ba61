"""Flask extensions, unbound; imports nothing of ours but the declarative base."""

from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

from disaster.core.base import Base

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
csrf = CSRFProtect()
