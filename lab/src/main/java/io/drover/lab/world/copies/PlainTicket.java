// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import org.jspecify.annotations.Nullable;

/** A ticket to a disk of a lease that never ends, at a server that proves nothing. */
public abstract class PlainTicket implements SourceDisks.Ticket {
  @Override
  public final @Nullable String thumbprint() {
    return null;
  }

  @Override
  public final @Nullable String authorities() {
    return null;
  }

  @Override
  public final void progress(long bytes) {}

  @Override
  public final @Nullable CopyFault lost() {
    return null;
  }
}
