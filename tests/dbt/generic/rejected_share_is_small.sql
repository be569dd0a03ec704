{#
    Guards against a broken file: more rejected rows than the var max_rejected_share, superseded ones aside, stop the build
    before a mart is touched. It stops with a message rather than with rows, so that the table, the share and the top
    reasons stand in dbt's own output. A person may let it through: the var accepted_controls.
#}
{% test rejected_share_is_small(model, table_name) %}
{{ config(fail_calc='count(message)', meta={'control': 'rejected_rows'}) }}
with

landed as (
    select
        reject_reason,
        case
            when reject_reason is not null then source_file || ' line ' || cast(source_line as string)
        end as rejected_at
    from {{ model }}
    where reject_reason is distinct from 'superseded'
),

reasons as (
    select
        reject_reason,
        count(*) as row_count,
        row_number() over (order by count(*) desc, reject_reason) as reason_rank
    from landed
    where reject_reason is not null
    group by reject_reason
),

shares as (
    select
        count(*) as landed_count,
        count(reject_reason) as rejected_count,
        min(rejected_at) as example
    from landed
),

top_reasons as (
    select {{ comma_joined("' ' || reject_reason || ' ' || cast(row_count as string)") }} as reasons
    from reasons
    where reason_rank <= 3
)

select
    {{ stop_with(
        "'" ~ table_name ~ ": ' || cast(shares.rejected_count as string) || ' of ' || cast(shares.landed_count as string)
        || ' landed rows are rejected, ' || cast(cast(100.0 * shares.rejected_count / shares.landed_count as decimal(5, 1)) as string)
        || ' %, more than max_rejected_share allows; top reasons:' || top_reasons.reasons
        || '; for example ' || shares.example || '. Mend the file, or raise the var for this run.'"
    ) }} as message
from shares
cross join top_reasons
where
    shares.rejected_count > {{ share_var('max_rejected_share') }} * shares.landed_count
    and 'rejected_rows' not in ({{ names_var('accepted_controls') }})
{% endtest %}
