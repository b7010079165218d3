import { FollowedList } from '../mine/Followed'

/** 本单位的报告: what was filed in the unit's name, for its head. */
export default function Unit() {
  return <FollowedList whose="unit" />
}
