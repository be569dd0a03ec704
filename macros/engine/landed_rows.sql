{# The rows of a landing table as they landed: its columns as text, source_file, source_line, malformed_line. #}
{% macro landed_rows(table_name) -%}
    {{ return(adapter.dispatch('landed_rows')(path_var('landing'), table_name)) }}
{%- endmacro %}

{% macro duckdb__landed_rows(landing, table_name) -%}
    {{ return(answer_of_the_door('landing_query', landing, table_name)) }}
{%- endmacro %}

{#
    Spark reads landed Parquet by itself, where it runs. What scripts/landing refuses is refused here too: a table that is
    missing, given twice or without a row, a file that is no Parquet or lacks a column. Columns are those of the model's YAML.
#}
{% macro spark__landed_rows(landing, table_name) -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set files = landed_parquet_files(landing, table_name) -%}
    {%- if not files -%}{{ return(spark__no_landed_row()) }}{%- endif -%}
    {%- set paths_by_schema = {} -%}
    {%- for path in files -%}
        {#- by way of a view, for then Spark names a file that it can't read -#}
        {%- set view = 'landed_' ~ table_name -%}
        {%- do run_query('create or replace temporary view ' ~ view ~ ' using parquet options (path "' ~ path ~ '")') -%}
        {%- set schema = run_query('describe ' ~ view) -%}
        {%- set types = dict(zip(schema.columns[0].values(), schema.columns[1].values())) -%}
        {%- do check_landed_columns(types, table_name ~ ': ' ~ path) -%}
        {%- do paths_by_schema.setdefault(tojson(types), []).append(path) -%}
    {%- endfor -%}
    {%- set counts = [] -%}
    {%- set selects = [] -%}
    {%- for types, paths in paths_by_schema.items() -%}
        {%- do counts.append(run_query('select count(*) from ' ~ parquet_at(paths)).columns[0].values()[0]) -%}
        {%- do selects.append(spark__select_landed(paths, fromjson(types), table_name)) -%}
    {%- endfor -%}
    {%- if counts | sum == 0 and not may_be_missing() -%}
        {%- set told = table_name ~ ': ' ~ files | join(', ') ~ ' has no row; this table needs at least one' -%}
        {{ exceptions.raise_compiler_error(told) }}
    {%- endif -%}
    {{ return(selects | join('\nunion all\n')) }}
{%- endmacro %}

{# The table's own file, or those of its folder, as Spark names them. #}
{% macro landed_parquet_files(landing, table_name) -%}
    {%- set folder = landing.split('/') | reject('in', ['', '.']) | list -%}
    {%- if not folder or folder[-1] in ('..', table_name) -%}
        {{ exceptions.raise_compiler_error('landing: ' ~ landing ~ ' must be the name of the folder that has all tables') }}
    {%- endif -%}
    {%- set inside = '/' ~ folder[-1] ~ '/' -%}
    {%- set own = [] -%}
    {%- set drops = [] -%}
    {%- set alike = [] -%}
    {%- set view = 'files_for_' ~ table_name -%}
    {%- do run_query(
        'create or replace temporary view ' ~ view ~ ' using binaryFile options (path "' ~ landing ~ '", recursiveFileLookup true)'
    ) -%}
    {%- set paths = run_query('select path from ' ~ view ~ ' order by path').columns[0].values() -%}
    {#- the folder's name may stand in the way to it, too: there it stands in every path -#}
    {%- set times = [] -%}
    {%- for path in paths -%}{%- do times.append(path.split(inside) | length - 1) -%}{%- endfor -%}
    {%- for path in paths -%}
        {%- set name = path.split(inside, times | min)[-1] -%}
        {%- if name in (table_name ~ '.parquet', table_name ~ '.csv') -%}
            {%- do own.append(path) -%}
        {%- elif name.startswith(table_name ~ '/') -%}
            {%- if not name.split('/')[-1].lower().startswith('readme') -%}{%- do drops.append(path) -%}{%- endif -%}
        {%- elif name.lower().startswith(table_name.split('_')[0]) -%}
            {%- do alike.append(path) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set found = own + drops -%}
    {%- if own | length > 1 or (own and drops) -%}
        {{ exceptions.raise_compiler_error(table_name ~ ': given as ' ~ found | join(' and as ') ~ '; keep one of them') }}
    {%- endif -%}
    {%- if not found and not may_be_missing() -%}
        {{ exceptions.raise_compiler_error(
            table_name ~ ': ' ~ landing ~ ' has no ' ~ table_name ~ '.parquet and no folder ' ~ table_name ~ ' with files; add one'
        ) }}
    {%- endif -%}
    {#- a table that may be missing is missed in silence where its file's name has a slip -#}
    {%- if not found and alike -%}
        {{ exceptions.raise_compiler_error(
            table_name ~ ': ' ~ alike[0] ~ ' is not read; call it ' ~ table_name ~ '.parquet, or take it away'
        ) }}
    {%- endif -%}
    {%- for path in found -%}
        {%- set name = path.split(inside, times | min)[-1] | replace(table_name ~ '/', '', 1) -%}
        {%- if not modules.re.fullmatch('[\\w.=@+~ -]+[.]parquet', name) -%}
            {{ exceptions.raise_compiler_error(
                table_name ~ ': ' ~ path ~ ' can not be landed on Spark; make it a .parquet file whose name is letters, digits,'
                ~ ' blanks and the signs . _ - = @ + ~, or take it away'
            ) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro check_landed_columns(types, where) -%}
    {%- for column in model.columns.values() if column.name not in ('source_file', 'source_line', 'malformed_line') -%}
        {%- if column.name not in types and not column.config.meta.is_optional -%}
            {{ exceptions.raise_compiler_error(
                where ~ ': lacks the column ' ~ column.name ~ '; it has ' ~ types | join(', ')
            ) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro may_be_missing() -%}{{ return(model.config.meta.may_be_missing or false) }}{%- endmacro %}

{# Files of one folder as one table. #}
{% macro parquet_at(paths) -%}
    {%- set folder = paths[0].rsplit('/', 1)[0] -%}
    {%- set names = paths | map('replace', folder ~ '/', '') | join(',') -%}
    {{ return('parquet.`' ~ folder ~ '/' ~ ('{' ~ names ~ '}' if paths | length > 1 else names) ~ '`') }}
{%- endmacro %}

{% macro spark__select_landed(paths, types, table_name) -%}
    {%- set is_drop = paths[0].split('/')[-2] == table_name -%}
    select
        {%- for column in model.columns if column not in ('source_file', 'source_line', 'malformed_line') %}
        {{ spark__text_of_parquet(column, types[column]) if column in types else 'cast(null as string)' }} as {{ column }},
        {%- endfor %}
        {#- Spark tells a file's name as in an address: a blank as %20 #}
        {{ "'" ~ table_name ~ "/' || " if is_drop }}url_decode(replace(_metadata.file_name, '+', '%2B')) as source_file,
        _metadata.row_index + 1 as source_line,
        cast(null as string) as malformed_line
    from {{ parquet_at(paths) }}
{%- endmacro %}

{% macro spark__no_landed_row() -%}
    select
        {%- for column in model.columns %}
        cast(null as {{ 'bigint' if column == 'source_line' else 'string' }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{%- endmacro %}

{#
    A value as its text. Spark writes a double from ten million on, and a decimal of many places near zero, with an exponent:
    such are written out, a double as its shortest decimal where six places hold it, as scripts/landing does.
#}
{% macro spark__text_of_parquet(column, type) -%}
    {%- set text = 'cast(' ~ column ~ ' as string)' -%}
    {%- if type in ('double', 'float') -%}
        {%- set six_places = 'cast(' ~ text ~ ' as decimal(38, 6))' -%}
        case
            when cast({{ six_places }} as {{ type }}) <> {{ column }} or {{ six_places }} is null then {{ text }}
            when abs({{ column }}) < 0.0001 and {{ column }} <> 0 then cast({{ six_places }} as string)
            else regexp_replace(cast({{ six_places }} as string), '([.][0-9]+?)0+$', '$1')
        end
    {%- elif type.startswith('decimal') and type.strip(')').split(',')[1] | int > 6 -%}
        {%- set places = type.strip(')').split(',')[1] | int -%}
        case when {{ column }} < 0 then '-' else '' end
        || cast(floor(abs({{ column }})) as string) || '.'
        || lpad(
            cast(cast((abs({{ column }}) - floor(abs({{ column }}))) * 1e{{ places }}BD as decimal(38, 0)) as string),
            {{ places }}, '0'
        )
    {%- else -%}
        {{ text }}
    {%- endif -%}
{%- endmacro %}

{# Asks scripts/landing for the SQL that reads a file; a file that it refuses stops the build with one clear line. #}
{% macro answer_of_the_door(function, first, second) -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set arguments = [first, second] | map('string') | map('replace', "'", "''") | list -%}
    {%- set call = "select " ~ function ~ "('" ~ arguments[0] ~ "', '" ~ arguments[1] ~ "')" -%}
    {%- set answer = fromjson(run_query(call).columns[0].values()[0]) -%}
    {%- if 'refused' in answer -%}{{ exceptions.raise_compiler_error(answer.refused) }}{%- endif -%}
    {{ return(answer.sql) }}
{%- endmacro %}
