// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/** One player: looks at the objects of a key and takes the next small step that they ask for. */
public interface Controller {

  /** For logs. */
  String name();

  /** The kinds whose changes may wake it, or that it looks at. */
  Set<Kind> watches();

  /** The keys to look at again when this object came, changed or went. */
  List<Key> wakes(Kind kind, Doc changed);

  /**
   * Looks and steps. Never two at a time for one key.
   *
   * @return when to look again without being woken; zero: only when woken
   * @throws Exception to be tried again soon (a conflict at once, anything else a little later)
   */
  Duration reconcile(Key key) throws Exception;
}
