{#
    A table of DuckDB is built under its own name, in one transaction: readers see the old one until the new one is whole. (What
    dbt-duckdb does for all, a name for the new one, one for the old and two renamings, takes a small book a sixth of its time.)
    A Python model writes by a connection of its own, which sees no transaction of another, so it comes by a name of its own.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set is_python = model['language'] == 'python' -%}
    {%- set earlier = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set built = make_intermediate_relation(target) if is_python else target -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {%- if is_python %}{{ drop_relation_if_exists(load_cached_relation(built)) }}{% endif -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if earlier is not none and not is_python -%}
        {%- do adapter.ensure_transaction() -%}
        {%- do adapter.drop_relation(earlier) -%}
    {%- endif -%}
    {%- call statement('main', language=model['language']) -%}
        {{ create_table_as(False, built, compiled_code, model['language']) }}
    {%- endcall -%}
    {%- if is_python -%}
        {{ drop_relation_if_exists(earlier) }}
        {%- do adapter.rename_relation(built, target) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target, model) -%}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
