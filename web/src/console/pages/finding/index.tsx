import { Alert, Button, Card, Form, Input, InputNumber, Radio, Result, Select } from 'antd'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { api, ask, newKey, type Problem, type Schemas } from '../../../api/client'
import { useHold } from '../../../unsaved'
import { idFault, idType } from '../../../filing/idnumber'
import { avoids, relations } from '../../../filing/report'
import { useSender } from '../../../filing/send'
import { useWait } from '../../../filing/wait'
import { finding } from '../../pages'
import { useMe, type Me } from '../../session'
import { usePost } from '../../ui/names'
import { PlaceFilter } from '../../ui/PlaceFilter'
import { Failed } from '../../ui/states'
import { noteSent } from '../../ui/unsaved'
import { useWord } from '../../ui/words'

type Finding = Schemas['FindingBody']

const grounds: Finding['ground'][] = ['TG1', 'TG2', 'TG3', 'TG4', 'TG5', 'TG6', 'TG7']

async function open(body: Finding, key: string) {
  const found = await ask(api.POST('/api/v1/guardianships', { params: { header: { 'Idempotency-Key': key } }, body }))
  noteSent()
  return found
}

/** 启动临时监护 (T0): for a child without care whom somebody found and no report led to. */
export default function Page() {
  const [round, setRound] = useState(0)
  return <FindingForm key={round} again={() => setRound((n) => n + 1)} />
}

/** The town of somebody who sees no more than it; undefined of all others. */
function onlyTown(me: Me): string | undefined {
  const posts = me.posts.filter((p) => finding.includes(p.role))
  return posts.every((p) => p.role === 'supervisor') ? posts[0]?.org : undefined
}

/** The finding as the API takes it. */
function bodyOf(v: Finding): Finding {
  return filled({ ...v, child: { ...v.child, id_type: idType(v.child?.id_number) } })
}

/** Without what was left empty: of what nobody answered nothing is said. */
function filled<T extends object>(values: T): T {
  const kept = Object.entries(values).flatMap(([name, v]): [string, unknown][] => {
    if (typeof v === 'string') return v.trim() ? [[name, v.trim()]] : []
    if (v === null || v === undefined || (Array.isArray(v) && v.length === 0)) return []
    if (typeof v !== 'object' || Array.isArray(v)) return [[name, v]]
    const inner = filled(v)
    return Object.keys(inner).length ? [[name, inner]] : []
  })
  return Object.fromEntries(kept) as T
}

/** The fields in what was changed: what the server found wrong with them is told no longer. */
function pathsOf(changed: object, before: string[] = []): string[][] {
  return Object.entries(changed).flatMap(([name, v]) => (v && typeof v === 'object' && !Array.isArray(v) ? pathsOf(v as object, [...before, name]) : [[...before, name]]))
}

function FindingForm({ again }: { again: () => void }) {
  const { t } = useTranslation(['finding', 'filing'])
  const me = useMe()
  const word = useWord()
  const post = usePost()
  const wait = useWait()
  const [form] = Form.useForm<Finding>()
  const danger = Form.useWatch('danger', form)
  const key = useRef(newKey())
  const [dirty, setDirty] = useState(false)
  const { state, send, retry } = useSender(open)
  useHold(dirty && state.phase !== 'done')

  const posts = me.posts.filter((p) => finding.includes(p.role))
  const town = onlyTown(me)
  async function checkID(_: unknown, typed?: string) {
    const id = idFault(typed ?? '')
    if (id) throw new Error(t(`filing:child.idFault.${id.fault}`, { count: id.count }))
  }
  // What the server finds wrong is shown where it was typed. It is stored nowhere: what is sent next is another.
  function refused(problem: Problem) {
    key.current = newKey()
    const faults = problem.errors.map((e) => ({ name: e.field.replace(/\[.*$/, '').split('.') as ['ground'], errors: [e.message] }))
    form.setFields(faults)
    if (faults[0]) form.scrollToField(faults[0].name, { block: 'center' })
  }

  if (state.phase === 'done') {
    const { id, number } = state.answer
    const org = (form.getFieldValue('org') as string | undefined) ?? ''
    const seen = !town || org.startsWith(town.slice(0, 9))
    return (
      <Result
        status="success"
        title={t('done')}
        subTitle={<>{t('doneHelp', { number })}{!seen && <div>{t('elsewhere')}</div>}</>}
        extra={[
          seen && <Link key="case" to={`/cases/${id}`}><Button type="primary">{t('toCase')}</Button></Link>,
          <Button key="again" onClick={again}>{t('another')}</Button>,
        ]}
      />
    )
  }
  const locked = state.phase === 'sending' || state.phase === 'waiting'
  const unknown = state.phase === 'refused' && state.problem.errors.length === 0
  return (
    <>
      <h1 className="page-title">{t('title')}</h1>
      <p>{t('intro')}</p>
      <Card style={{ maxWidth: 720 }}>
        <Form<Finding>
          form={form}
          layout="vertical"
          disabled={locked}
          scrollToFirstError={{ block: 'center' }}
          initialValues={{ org: town, post: posts[0]?.post }}
          onValuesChange={(changed: Record<string, unknown>) => {
            setDirty(true)
            form.setFields(pathsOf(changed).map((name) => ({ name: name as ['ground'], errors: [] })))
          }}
          onFinish={(v) => send(bodyOf(v), key.current, { refused })}
        >
          {posts.length > 1 && (
            <Form.Item name="post" label={t('post')}>
              <Select options={posts.map((p) => ({ value: p.post, label: post(p.post) }))} />
            </Form.Item>
          )}
          <Form.Item name="danger" label={t('danger')} rules={[{ required: true, message: t('needed') }]}>
            <Radio.Group options={(['yes', 'unsure', 'no'] as const).map((d) => ({ value: d, label: t(`dangers.${d}`) }))} />
          </Form.Item>
          {danger === 'yes' && <Alert type="error" showIcon style={{ marginBottom: 16 }} title={t('emergency')} />}
          <Form.Item name="ground" label={t('ground')} rules={[{ required: true, message: t('needed') }]}>
            <Radio.Group className="stacked" options={grounds.map((g) => ({ value: g, label: word(`enum.${g}`) }))} />
          </Form.Item>
          <Form.Item name="org" label={t('where')} extra={t('whereHelp')}>
            <Place />
          </Form.Item>
          <fieldset className="group">
            <legend>{t('narrative')}</legend>
            <Form.Item name={['narrative', 'text']} label={t('text')} extra={t('textHelp')}>
              <Input.TextArea maxLength={8000} autoSize={{ minRows: 3 }} />
            </Form.Item>
            <Form.Item name={['narrative', 'place']} label={t('place')}><Input maxLength={500} /></Form.Item>
            <Form.Item name="relation" label={t('relation')}>
              <Select allowClear options={relations.map((r) => ({ value: r, label: word(`enum.relation.${r}`, `enum.${r}`) }))} />
            </Form.Item>
            <Form.Item name={['narrative', 'suspect']} label={t('suspect')}><Input maxLength={500} /></Form.Item>
            <Form.Item name="avoid" label={t('avoid')} extra={t('avoidHelp')}>
              <Select mode="multiple" allowClear options={avoids.map((a) => ({ value: a, label: t(`avoids.${a}`) }))} />
            </Form.Item>
          </fieldset>
          <fieldset className="group pairs">
            <legend>{t('child')}</legend>
            <Form.Item name={['child', 'name']} label={t('name')}><Input maxLength={100} autoComplete="off" /></Form.Item>
            <Form.Item name={['child', 'sex']} label={t('sex')}>
              <Radio.Group options={(['female', 'male', 'unknown'] as const).map((s) => ({ value: s, label: t(`sexes.${s}`) }))} />
            </Form.Item>
            <Form.Item name={['child', 'age']} label={t('age')}><InputNumber min={0} precision={0} /></Form.Item>
            <Form.Item name={['child', 'id_number']} label={t('idNumber')} rules={[{ warningOnly: true, validator: checkID }]}><Input maxLength={40} autoComplete="off" /></Form.Item>
            <Form.Item name={['child', 'address']} label={t('address')}><Input maxLength={500} autoComplete="off" /></Form.Item>
            <Form.Item name={['child', 'school']} label={t('school')}><Input maxLength={200} autoComplete="off" /></Form.Item>
            <Form.Item name={['child', 'guardian']} label={t('guardian')}><Input maxLength={100} autoComplete="off" /></Form.Item>
            <Form.Item name={['child', 'guardian_phone']} label={t('guardianPhone')} extra={t('guardianHelp')}><Input maxLength={40} autoComplete="off" /></Form.Item>
          </fieldset>
          {unknown && <div style={{ marginBottom: 12 }}><Failed error={state.problem} /></div>}
          <Button type="primary" htmlType="submit" loading={state.phase === 'sending'}>{t('send')}</Button>
        </Form>
        {state.phase === 'waiting' && (
          <Alert
            type="warning"
            showIcon
            role="status"
            style={{ marginTop: 12 }}
            title={t(`waiting.${state.why}`, { wait: wait(state.seconds) })}
            action={<Button onClick={retry}>{t('retry')}</Button>}
          />
        )}
      </Card>
    </>
  )
}

/** PlaceFilter as a form holds it. */
function Place({ value, onChange }: { value?: string; onChange?: (code?: string) => void }) {
  return <PlaceFilter value={value} onChange={(code) => onChange?.(code)} />
}
