# One image for every process of the platform but PostgreSQL. Versions come from requirements.lock alone.
FROM python:3.11-slim

# The user of the postgres image has this number too: both read the volume of generated secrets.
RUN groupadd --gid 999 schoolward \
 && useradd --uid 999 --gid 999 --home-dir /var/lib/schoolward --shell /usr/sbin/nologin schoolward \
 && install --directory --owner schoolward --group schoolward --mode 0700 /var/lib/schoolward /run/schoolward

# pg_dump for the nightly back-up comes with the embedded PostgreSQL's wheel, so the lock is installed whole.
COPY requirements.lock /tmp/requirements.lock
RUN pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.lock && rm /tmp/requirements.lock

WORKDIR /opt/schoolward
COPY pyproject.toml README.md platform.env ./
COPY include include
COPY dags dags
COPY plugins plugins
COPY dbt_project dbt_project
RUN pip install --no-cache-dir --no-deps --editable . && python -m compileall -q include dags plugins

USER schoolward
ENV PYTHONUNBUFFERED=1 \
    SCHOOLWARD_HOME=/var/lib/schoolward \
    SCHOOLWARD_DISTRICT=/etc/schoolward/district.toml

# Adds the generated secrets to the environment and becomes the command.
ENTRYPOINT ["python", "-m", "schoolward.platform.container"]
CMD ["schoolward", "--help"]
