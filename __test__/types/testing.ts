// Compiled, not run: the types of cspread/testing. `Same` fails when a type gets wider, or narrower, than what is written.
import SpreadSession = require('../..');

import {
  OrderChecker,
  type OrderCheckerOptions,
  OrderError,
  type OrderFigures,
  type OrderRule,
  type VerifyOptions,
} from 'cspread/testing';
import { connect } from '../..';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

async function checking(options: OrderCheckerOptions, which: VerifyOptions): Promise<void> {
  const checker = new OrderChecker();
  new OrderChecker(options);
  new OrderChecker({ limit: undefined });
  const session = await connect();
  const watch = checker.watch(session);
  same<ReturnType<typeof watch.stop>, void>(true);
  checker.watch(await connect({ membership: false }), 'label');
  checker.watch(new SpreadSession('4803', 'me'));
  const figures = checker.verify(which);
  same<typeof figures, OrderFigures>(true);
  same<keyof OrderFigures, 'messages' | 'views' | 'pairs' | 'spans'>(true);
  checker.verify({ groups: ['a'] as const });
  // @ts-expect-error there is no such option
  new OrderChecker({ limits: 5 });
  // @ts-expect-error not a session
  checker.watch({});
  // @ts-expect-error a label is a string
  checker.watch(session, 7);
  // @ts-expect-error an array
  checker.verify({ groups: 'a' });
}

function failed(error: unknown): void {
  if (error instanceof OrderError) {
    same<typeof error.code, 'ERR_SPREAD_ORDER'>(true);
    same<typeof error.rule, OrderRule>(true);
    same<typeof error.sessions, readonly string[]>(true);
    same<typeof error.index, number>(true);
  }
  // @ts-expect-error only a checker makes one
  new OrderError();
}

export { checking, failed };
