console.log(JSON.stringify({ loss: null }));
