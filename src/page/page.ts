document.title = 'lockstep';
