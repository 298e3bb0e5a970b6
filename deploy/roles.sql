-- The two database roles, and what the application may do by default. Run once by a superuser, with
-- psql, before the first migration. The passwords come from the environment.
--   lesions_owner owns the tables; only migrations use it.
--   lesions_app   reads and writes rows; it can't change, empty or drop a table. The audit
--                 migrations take more away from it.
\set ON_ERROR_STOP on
\getenv owner_password DATABASE_OWNER_PASSWORD
\getenv app_password DATABASE_APP_PASSWORD

CREATE ROLE lesions_owner LOGIN PASSWORD :'owner_password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE lesions_app LOGIN PASSWORD :'app_password' NOSUPERUSER NOCREATEDB NOCREATEROLE;

-- Default privileges and extensions belong to one database: set in template1, every database made later
-- has them.
\connect template1
-- pgvector, for photos that look alike; only a superuser may add it.
CREATE EXTENSION IF NOT EXISTS vector;
ALTER DEFAULT PRIVILEGES FOR ROLE lesions_owner
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO lesions_app;
ALTER DEFAULT PRIVILEGES FOR ROLE lesions_owner
    GRANT USAGE, SELECT ON SEQUENCES TO lesions_app;

CREATE DATABASE lesions OWNER lesions_owner TEMPLATE template1;
REVOKE ALL ON DATABASE lesions FROM PUBLIC;
GRANT CONNECT ON DATABASE lesions TO lesions_app;
