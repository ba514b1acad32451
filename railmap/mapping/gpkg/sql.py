"""SQL of a GeoPackage, from the standard (version 1.2)."""

from __future__ import annotations

__all__ = ["BASE_TABLES", "EXTENSIONS", "RTREE_TRIGGERS", "SPECIFICATION", "WGS84"]

WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
    'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,'
    'AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)
BASE_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
  description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
  identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL
  DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, max_x DOUBLE,
  max_y DOUBLE, srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id)
  REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_ogr_contents (table_name TEXT NOT NULL PRIMARY KEY,
  feature_count INTEGER DEFAULT NULL);
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL,
  m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name), CONSTRAINT fk_gc_tn FOREIGN KEY (table_name)
  REFERENCES gpkg_contents(table_name), CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id)
  REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,
  title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL,
  constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC,
  max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
  md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
  mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT,
  column_name TEXT, row_id_value INTEGER, timestamp DATETIME NOT NULL
  DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME
  DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
"""
SPECIFICATION = "http://www.geopackage.org/spec120/#extension_"
EXTENSIONS = (
    ("gpkg_data_columns", "gpkg_schema", SPECIFICATION + "schema"),
    ("gpkg_data_column_constraints", "gpkg_schema", SPECIFICATION + "schema"),
    ("gpkg_metadata", "gpkg_metadata", SPECIFICATION + "metadata"),
    ("gpkg_metadata_reference", "gpkg_metadata", SPECIFICATION + "metadata"),
)
# Triggers of the spatial index, from the standard.
_FILLED = "(NEW.{g} NOT NULL AND NOT ST_IsEmpty(NEW.{g}))"
_EMPTY = "(NEW.{g} ISNULL OR ST_IsEmpty(NEW.{g}))"
_PUT = (
    "INSERT OR REPLACE INTO {r} VALUES (NEW.fid, ST_MinX(NEW.{g}), ST_MaxX(NEW.{g}),"
    " ST_MinY(NEW.{g}), ST_MaxY(NEW.{g}));"
)
_DROP = "DELETE FROM {r} WHERE id = OLD.fid;"
RTREE_TRIGGERS = (
    ("insert", "AFTER INSERT ON {t} WHEN " + _FILLED, _PUT),
    ("update1", "AFTER UPDATE OF {g} ON {t} WHEN OLD.fid = NEW.fid AND " + _FILLED, _PUT),
    ("update2", "AFTER UPDATE OF {g} ON {t} WHEN OLD.fid = NEW.fid AND " + _EMPTY, _DROP),
    (
        "update3",
        "AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND " + _FILLED,
        _DROP + " " + _PUT,
    ),
    (
        "update4",
        "AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND " + _EMPTY,
        "DELETE FROM {r} WHERE id IN (OLD.fid, NEW.fid);",
    ),
    ("delete", "AFTER DELETE ON {t} WHEN OLD.{g} NOT NULL", _DROP),
)
