import { useMutation } from '@tanstack/react-query'
import { Alert, Button, Card, Form, Input, Select, Typography, type InputRef } from 'antd'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'react-router'

import { api, ask, Problem, type Schemas } from '../../../api/client'
import { hasRole, useMe } from '../../session'
import { usePlace, usePost } from '../../ui/names'
import { Risk } from '../../ui/risk'
import { Failed, Nothing } from '../../ui/states'
import { Due } from '../../ui/time'
import { useWord } from '../../ui/words'

type Body = Schemas['SearchBody']

/** Looks for a child by the whole of one thing, and for a reason. What is typed stands in no address and no history. */
export default function Search() {
  const { t } = useTranslation(['search', 'common'])
  const word = useWord()
  const me = useMe()
  const [form] = Form.useForm<Body>()
  const reason = Form.useWatch('reason', form)
  const by = Form.useWatch('by', form)
  const { key } = useLocation()
  const search = useMutation({
    mutationFn: (body: Body) => ask(api.POST('/api/v1/search', { body })),
    onError: (error) => {
      if (error instanceof Problem) form.setFields(error.errors.map((f) => ({ name: f.field.replace(/^body\./, '') as keyof Body, errors: [f.message] })))
    },
  })
  const box = useRef<InputRef>(null)
  // Also when the search is asked for again from the search itself.
  useEffect(() => {
    if (key) box.current?.focus()
  }, [key])
  const ways: Body['by'][] = ['name', 'pinyin', 'initials', 'id_number', 'phone', ...(hasRole(me, 'desk') ? (['reporter_phone'] as const) : [])]
  return (
    <>
      <h1 className="page-title">{t('title')}</h1>
      <Card>
        <Alert type="info" showIcon title={t('logged')} description={t('whole')} style={{ marginBottom: 16 }} />
        <Form form={form} layout="vertical" requiredMark={false} initialValues={{ by: 'name', reason: 'case_work' }} onFinish={(v: Body) => search.mutate(v)} autoComplete="off" data-passing style={{ maxWidth: 760 }}>
          <div style={{ display: 'grid', gap: '0 16px', gridTemplateColumns: 'repeat(auto-fit, minmax(200px, 1fr))' }}>
            <Form.Item name="by" label={t('by')}>
              <Select options={ways.map((value) => ({ value, label: word(`search_by.${value}`) }))} />
            </Form.Item>
            <Form.Item name="value" label={t('value')} rules={[{ required: true, message: t('valueNeeded') }]} extra={by ? t(`hint.${by}`) : undefined}>
              <Input ref={box} maxLength={100} autoComplete="off" spellCheck={false} inputMode={by === 'phone' || by === 'reporter_phone' ? 'tel' : 'text'} />
            </Form.Item>
            <Form.Item name="reason" label={t('reason')}>
              <Select options={(['report', 'case_work', 'inquiry', 'family', 'other'] as const).map((value) => ({ value, label: word(`search_reason.${value}`) }))} />
            </Form.Item>
          </div>
          {reason === 'other' && (
            <Form.Item name="words" label={t('words')} rules={[{ required: true, message: t('wordsNeeded') }]}>
              <Input.TextArea maxLength={500} autoSize={{ minRows: 2 }} />
            </Form.Item>
          )}
          <Button type="primary" htmlType="submit" loading={search.isPending}>{t('common:action.search')}</Button>
        </Form>
      </Card>
      <section aria-label={t('found')} aria-live="polite" style={{ marginTop: 16 }}>
        {search.error ? <Failed error={search.error} /> : null}
        {search.data && (search.data.items.length === 0 ? <Nothing text={search.data.text} /> : (
          <>
            <Typography.Paragraph>{search.data.text}</Typography.Paragraph>
            {search.data.items.map((c) => <Hit key={c.id} of={c} />)}
          </>
        ))}
      </section>
    </>
  )
}

function Hit({ of }: { of: Schemas['CaseRow'] }) {
  const { t } = useTranslation(['search', 'common'])
  const word = useWord()
  const place = usePlace()
  const post = usePost()
  return (
    <Card size="small" style={{ marginBottom: 8 }}>
      <Risk colour={of.colour} /> <Link to={`/cases/${of.id}`} className="numeric" style={{ fontWeight: 600 }}>{of.number}</Link>
      <div>
        <Typography.Text type="secondary">{t(`common:kind.${of.kind}`)} · {word(`stage.${of.stage}`)} · {place(of.org)} · {post(of.owner)}</Typography.Text>
      </div>
      {of.next_due && <Due due={of.next_due} provisional={of.next_provisional} />}
    </Card>
  )
}
